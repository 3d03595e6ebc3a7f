int dry;
