/* tools/distrod/net/tls.c -- two contexts of OpenSSL made of the same files. */
#include "tools/distrod/net/tls.h"

#include <openssl/err.h>
#include <string.h>

static const unsigned char h2_protocol[] = { 2, 'h', '2' };

struct RegTls {
    SSL_CTX *server, *client;
};

G_DEFINE_QUARK(reg-tls-error-quark, reg_tls_error)

static void set_error(GError **error, const char *what, const char *file)
{
    char reason[256] = "";
    ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
    g_set_error(error, REG_TLS_ERROR, 0, "%s %s: %s", what, file, reason);
    ERR_clear_error();
}

static int choose_h2(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                     const unsigned char *in, unsigned in_size, void *data)
{
    (void)ssl;
    (void)data;
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, out_size, h2_protocol, sizeof h2_protocol, in, in_size) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static bool use_files(SSL_CTX *context, const char *certificate, const char *key,
                      const char *authorities, GError **error)
{
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1) {
        set_error(error, "cannot use certificate", certificate);
        return false;
    }
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        set_error(error, "cannot use private key", key);
        return false;
    }
    if (authorities == NULL) {
        return true;
    }
    if (SSL_CTX_load_verify_locations(context, authorities, NULL) != 1) {
        set_error(error, "cannot use authorities", authorities);
        return false;
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return true;
}

static SSL_CTX *new_context(const SSL_METHOD *method)
{
    SSL_CTX *context = SSL_CTX_new(method);
    g_assert_nonnull(context);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    return context;
}

RegTls *reg_tls_new(const char *certificate, const char *key, const char *authorities,
                    GError **error)
{
    g_autoptr(RegTls) tls = g_new0(RegTls, 1);
    tls->server = new_context(TLS_server_method());
    tls->client = new_context(TLS_client_method());
    SSL_CTX_set_alpn_select_cb(tls->server, choose_h2, NULL);
    SSL_CTX_set_alpn_protos(tls->client, h2_protocol, sizeof h2_protocol);
    if (!use_files(tls->server, certificate, key, authorities, error) ||
        !use_files(tls->client, certificate, key, authorities, error)) {
        return NULL;
    }
    return g_steal_pointer(&tls);
}

void reg_tls_free(RegTls *tls)
{
    if (tls == NULL) {
        return;
    }
    SSL_CTX_free(tls->server);
    SSL_CTX_free(tls->client);
    g_free(tls);
}

static SSL *new_session(SSL_CTX *context, int fd)
{
    SSL *ssl = SSL_new(context);
    g_assert_nonnull(ssl);
    SSL_set_fd(ssl, fd);
    return ssl;
}

SSL *reg_tls_accept(RegTls *tls, int fd)
{
    SSL *ssl = new_session(tls->server, fd);
    SSL_set_accept_state(ssl);
    return ssl;
}

SSL *reg_tls_connect(RegTls *tls, int fd)
{
    SSL *ssl = new_session(tls->client, fd);
    SSL_set_connect_state(ssl);
    return ssl;
}

bool reg_tls_speaks_h2(SSL *ssl)
{
    const unsigned char *protocol;
    unsigned size;
    SSL_get0_alpn_selected(ssl, &protocol, &size);
    return size == 2 && memcmp(protocol, "h2", 2) == 0;
}
