int pump;
