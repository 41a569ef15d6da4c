/* tests/distrod/support/certificate.c -- a certificate for tests, signed by itself. */
#include "tests/distrod/support/certificate.h"

#include <glib.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>

enum {
    LIFE_S = 3600
};

static X509 *new_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -LIFE_S);
    X509_gmtime_adj(X509_getm_notAfter(certificate), LIFE_S);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"distrod", -1, -1,
                               0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    const int size = X509_sign(certificate, key, EVP_sha256());
    g_assert_cmpint(size, >, 0);
    return certificate;
}

void certificate_write(const char *certificate_file, const char *key_file)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = new_certificate(key);
    FILE *file = fopen(certificate_file, "w");
    g_assert_nonnull(file);
    PEM_write_X509(file, certificate);
    fclose(file);
    file = fopen(key_file, "w");
    g_assert_nonnull(file);
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}
