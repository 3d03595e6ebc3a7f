int dry;
int dryter;
