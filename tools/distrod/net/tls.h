/* tools/distrod/net/tls.h -- TLS by OpenSSL, with h2 agreed upon by ALPN.
 *
 * Both ends of a cluster use the same files: the certificate is shown by the server, and by the
 * client to servers that ask; with a file of authorities the other side's is checked, and a server
 * demands one. */
#pragma once

#include <glib.h>
#include <openssl/ssl.h>
#include <stdbool.h>

typedef struct RegTls RegTls;

#define REG_TLS_ERROR reg_tls_error_quark()
GQuark reg_tls_error_quark(void);

/* @certificate and @key are PEM files; @authorities (nullable) one, too. NULL and @error if one
 * cannot be used. */
RegTls *reg_tls_new(const char *certificate, const char *key, const char *authorities,
                    GError **error);
void reg_tls_free(RegTls *tls);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegTls, reg_tls_free)

/* A session on @fd, as server or client. */
SSL *reg_tls_accept(RegTls *tls, int fd);
SSL *reg_tls_connect(RegTls *tls, int fd);
/* After the handshake: was h2 agreed upon? */
bool reg_tls_speaks_h2(SSL *ssl);
