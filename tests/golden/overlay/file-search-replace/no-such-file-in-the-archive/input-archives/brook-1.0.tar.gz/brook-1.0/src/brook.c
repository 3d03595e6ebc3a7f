int wet;
