/* tools/distrod/net/channel.c -- recv, send, and what OpenSSL makes of them. */
#include "tools/distrod/net/channel.h"

#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

void reg_channel_init(RegChannel *channel, int fd, SSL *ssl)
{
    *channel = (RegChannel) { .fd = fd, .ssl = ssl };
}

void reg_channel_clear(RegChannel *channel)
{
    if (channel->ssl != NULL) {
        if (SSL_is_init_finished(channel->ssl)) {
            SSL_shutdown(
                channel->ssl); /* says that this is the end; the answer is not waited for */
            ERR_clear_error();
        }
        g_clear_pointer(&channel->ssl, SSL_free);
    }
    if (channel->fd >= 0) {
        close(channel->fd);
        channel->fd = -1;
    }
}

/* What a call of OpenSSL that did not succeed means. */
static RegIo explain_ssl(RegChannel *channel, int result)
{
    const int reason = SSL_get_error(channel->ssl, result);
    ERR_clear_error();
    switch (reason) {
    case SSL_ERROR_WANT_READ:
        return REG_IO_AGAIN;
    case SSL_ERROR_WANT_WRITE:
        channel->wants_write = true;
        return REG_IO_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return REG_IO_END;
    default:
        return REG_IO_ERROR;
    }
}

static RegIo explain_errno(RegChannel *channel, bool writing)
{
    if (errno == EAGAIN || errno == EINTR) {
        channel->wants_write = writing;
        return REG_IO_AGAIN;
    }
    return REG_IO_ERROR;
}

RegIo reg_channel_handshake(RegChannel *channel)
{
    channel->wants_write = false;
    if (channel->ssl == NULL) {
        return REG_IO_OK;
    }
    const int result = SSL_do_handshake(channel->ssl);
    if (result != 1) {
        return explain_ssl(channel, result);
    }
    return reg_tls_speaks_h2(channel->ssl) ? REG_IO_OK : REG_IO_ERROR;
}

RegIo reg_channel_read(RegChannel *channel, uint8_t *bytes, size_t size, size_t *got)
{
    *got = 0;
    channel->wants_write = false;
    if (channel->ssl != NULL) {
        const int result = SSL_read_ex(channel->ssl, bytes, size, got);
        return result == 1 ? REG_IO_OK : explain_ssl(channel, result);
    }
    const ssize_t received = recv(channel->fd, bytes, size, 0);
    if (received < 0) {
        return explain_errno(channel, false);
    }
    *got = (size_t)received;
    return received == 0 ? REG_IO_END : REG_IO_OK;
}

RegIo reg_channel_write(RegChannel *channel, const uint8_t *bytes, size_t size, size_t *put)
{
    *put = 0;
    channel->wants_write = false;
    if (channel->ssl != NULL) {
        const int result = SSL_write_ex(channel->ssl, bytes, size, put);
        return result == 1 ? REG_IO_OK : explain_ssl(channel, result);
    }
    const ssize_t sent = send(channel->fd, bytes, size, MSG_NOSIGNAL);
    if (sent < 0) {
        return explain_errno(channel, true);
    }
    *put = (size_t)sent;
    return REG_IO_OK;
}
