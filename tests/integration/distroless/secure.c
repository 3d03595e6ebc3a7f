/* Talks TLS with itself over the loopback: a child serves with the certificate and key of a file, the parent asks who that is. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int serve(int listener, const char *pair) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_file(context, pair, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, pair, SSL_FILETYPE_PEM) != 1)
        return 1;
    SSL *session = SSL_new(context);
    SSL_set_fd(session, accept(listener, NULL, NULL));
    return SSL_accept(session) != 1;
}

static int ask(const struct sockaddr_in *place) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_default_verify_paths(context); /* whom it trusts is the image's word */
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL *session = SSL_new(context);
    SSL_set1_host(session, "localhost");
    int wire = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(wire, (const struct sockaddr *)place, sizeof *place) != 0)
        return perror("connect"), 2;
    SSL_set_fd(session, wire);
    if (SSL_connect(session) != 1)
        return ERR_print_errors_fp(stdout), 1;
    printf("%s with localhost\n", SSL_get_version(session));
    return 0;
}

int main(int count, char **words) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof place;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (count != 2 || bind(listener, (struct sockaddr *)&place, size) != 0 || listen(listener, 1) != 0)
        return 2;
    getsockname(listener, (struct sockaddr *)&place, &size);
    signal(SIGPIPE, SIG_IGN);
    if (fork() == 0)
        _exit(serve(listener, words[1]));
    return ask(&place);
}
