int wet;
int wetter;
