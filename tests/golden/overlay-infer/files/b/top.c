/* ours */
int x;
