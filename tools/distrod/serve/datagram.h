/* tools/distrod/serve/datagram.h -- pushes over UDP, to SDKs of 1.x that named a port when they
 * asked for a list.
 *
 *      server  {"type":"dom","data":"<ServiceInfo>","lastRefTime":N}   ->  client
 *              <-  {"type":"push-ack","lastRefTime":"N","data":""}
 *
 * One that is not acknowledged within 10 s is sent once more. A list that does not fit a datagram
 * is not pushed: the client sees it when it polls.
 *
 * Source: com.alibaba.nacos.naming.push.UdpPushService, remote.udp.UdpConnector. */
#pragma once

#include "tools/distrod/net/address.h"
#include "tools/distrod/serve/naming.h"

typedef struct RegDatagram RegDatagram;

/* All borrowed. Sends from @address. NULL and @error if there is no socket to be had. */
RegDatagram *reg_datagram_new(RegLoop *loop, RegNaming *naming, const RegAddress *address,
                              GError **error);
void reg_datagram_free(RegDatagram *datagram);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegDatagram, reg_datagram_free)

/* The client at @ip:@port, which says it is @agent, wants to be pushed changes of @service, of
 * these clusters (nullable); for as long as it goes on asking. Nothing if its kind takes no pushes,
 * or the address is none. */
void reg_datagram_subscribe(RegDatagram *datagram, const char *agent, const char *ip, uint16_t port,
                            DistroService service, const char *clusters);
