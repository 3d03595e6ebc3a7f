/* Prints what a program looks up: the time in two zones, a host, a port, and who it is. */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *in_zone(const char *zone, char *text, size_t size) {
    time_t then = 1750000000;
    struct tm parts;
    setenv("TZ", zone, 1);
    tzset();
    localtime_r(&then, &parts);
    strftime(text, size, "%H:%M %Z", &parts);
    return text;
}

int main(void) {
    char here[32], there[32], host[INET_ADDRSTRLEN] = "nobody";
    struct addrinfo wanted = {.ai_family = AF_INET}, *found = NULL;
    if (getaddrinfo("localhost", NULL, &wanted, &found) == 0)
        inet_ntop(AF_INET, &((struct sockaddr_in *)found->ai_addr)->sin_addr, host, sizeof host);
    struct servent *service = getservbyname("https", "tcp");
    struct passwd *user = getpwuid(getuid());
    printf("%s, %s; localhost %s; https %d; %s\n", in_zone("Etc/UTC", here, sizeof here),
           in_zone("Asia/Kolkata", there, sizeof there), host, service ? ntohs(service->s_port) : 0,
           user ? user->pw_name : "nobody knows");
    return 0;
}
