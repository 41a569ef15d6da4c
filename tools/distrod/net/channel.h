/* tools/distrod/net/channel.h -- a connected socket, in the clear or under TLS.
 *
 * Nothing blocks: what cannot be done now says AGAIN, and .wants_write whether the socket must
 * become writable for it to go on (TLS may have to write in order to read). */
#pragma once

#include "tools/distrod/net/tls.h"

#include <stddef.h>
#include <stdint.h>

typedef enum RegIo {
    REG_IO_OK,
    REG_IO_AGAIN,
    REG_IO_END,   /* the other side sends no more */
    REG_IO_ERROR, /* reset, or TLS is violated */
} RegIo;

typedef struct RegChannel {
    int fd;
    SSL *ssl; /* (nullable) in the clear */
    bool wants_write;
} RegChannel;

/* Takes @fd and @ssl (nullable). */
void reg_channel_init(RegChannel *channel, int fd, SSL *ssl);
/* Closes it; a channel with nothing unread closes in order. */
void reg_channel_clear(RegChannel *channel);
/* Until OK nothing may be read or written. */
RegIo reg_channel_handshake(RegChannel *channel);
RegIo reg_channel_read(RegChannel *channel, uint8_t *bytes, size_t size, size_t *got);
RegIo reg_channel_write(RegChannel *channel, const uint8_t *bytes, size_t size, size_t *put);
