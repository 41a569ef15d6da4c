/* tests/distrod/support/certificate.h -- a certificate for tests, signed by itself. */
#pragma once

/* Write a new key and its certificate in PEM to two files. */
void certificate_write(const char *certificate, const char *key);
