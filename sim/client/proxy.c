/* sim/client/proxy.c -- requests of 1.x clients: their bytes, their patience. */
#include "sim/client/proxy.h"

#include <stdio.h>

#include "sim/naming/bytes.h"

#define POLL_MAX_US 60000000

enum {
    SINGLE_SERVER_TRIES = 3, /* namingRequestDomainMaxRetryCount */
    MAX_FAIL_COUNT = 6,
};

DistroClient sim_proxy_id(DistroDictionary *dictionary, DistroPublication publication)
{
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, publication);
    const DistroListingInfo *listing =
        distro_dictionary_listing_info(dictionary, info->listings[0]);
    char text[160];
    int length =
        snprintf(text, sizeof text, "%s:%d#true",
                 distro_dictionary_text(dictionary, listing->instance.ip), listing->instance.port);
    g_assert_cmpint(length, <, sizeof text);
    return distro_dictionary_client(dictionary, text);
}

SimCall sim_proxy_write(DistroDictionary *dictionary, SimOp op, bool light, DistroService service,
                        DistroPublication publication)
{
    SimCall call = { .op = op };
    DistroWrite write = { .client = sim_proxy_id(dictionary, publication), .service = service };
    if (op == SIM_OP_REGISTER) {
        write.kind = DISTRO_WRITE_REGISTER;
    } else if (op == SIM_OP_DEREGISTER) {
        write.kind = DISTRO_WRITE_DEREGISTER;
    } else {
        write.kind = light ? DISTRO_WRITE_LIGHT_BEAT : DISTRO_WRITE_BEAT;
    }
    if (write.kind == DISTRO_WRITE_REGISTER || write.kind == DISTRO_WRITE_BEAT) {
        write.publication = publication;
    }
    call.bytes = sim_bytes_http_write(dictionary, &write);
    call.payload[0] = service;
    call.payload[1] = write.publication;
    call.payload[2] = write.client;
    return call;
}

SimCall sim_proxy_persistent(DistroDictionary *dictionary, SimOp op, DistroClient id,
                             DistroService service, DistroPublication publication)
{
    const DistroWrite write = {
        .kind = op == SIM_OP_REGISTER ? DISTRO_WRITE_REGISTER : DISTRO_WRITE_DEREGISTER,
        .client = id,
        .service = service,
        .publication = op == SIM_OP_REGISTER ? publication : (DistroPublication)DISTRO_NONE,
    };
    return (SimCall) { .op = op,
                       .bytes = sim_bytes_http_write(dictionary, &write),
                       .payload = { service, publication, id } };
}

SimCall sim_proxy_query(const DistroDictionary *dictionary, DistroService service)
{
    return (SimCall) { .op = SIM_OP_QUERY,
                       .bytes = sim_bytes_http_query(dictionary, service),
                       .payload = { service } };
}

bool sim_proxy_black_hole(const SimNetwork *network, SimEndpoint self, SimEndpoint server)
{
    return (sim_network_is_cut(network, self, server) & SIM_CUT_PACKETS) ||
           (sim_network_is_cut(network, server, self) & SIM_CUT_PACKETS);
}

uint32_t sim_proxy_tries(uint32_t n_servers)
{
    return n_servers == 1 ? SINGLE_SERVER_TRIES : n_servers;
}

int64_t sim_proxy_poll_delay_us(bool good, int64_t cache_us, uint8_t *fail_count)
{
    *fail_count = good ? 0 : (uint8_t)MIN(*fail_count + 1, MAX_FAIL_COUNT);
    int64_t delay_us = good ? cache_us : (int64_t)SIM_PROXY_POLL_FIRST_US << *fail_count;
    return MIN(delay_us, POLL_MAX_US);
}
