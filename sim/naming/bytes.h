/* sim/naming/bytes.h -- how many bytes the calls between clients and nodes take in Nacos.
 *
 * The simulator moves numbers; what is counted is the JSON that the 2.x SDK and server would send
 * (Jackson, nulls left out), or the HTTP text of the 1.x SDK. All by arithmetic from name sizes: no
 * text is made. Shapes stand in bytes.c, one above each function. */
#pragma once

#include "sim/base/types.h"

/* 2.x */
uint32_t sim_bytes_server_check(void);
uint32_t sim_bytes_connection_setup(void);
uint32_t sim_bytes_ping(void);
uint32_t sim_bytes_detect(void);
/* InstanceRequest or BatchInstanceRequest; @type_op is REGISTER or DEREGISTER. */
uint32_t sim_bytes_instance_request(const DistroDictionary *dictionary, SimOp type_op,
                                    DistroPublication publication);
uint32_t sim_bytes_subscribe(const DistroDictionary *dictionary, DistroService service);
uint32_t sim_bytes_query(const DistroDictionary *dictionary, DistroService service);
/* NotifySubscriberRequest around a ServiceInfo of @service_info_size bytes. */
uint32_t sim_bytes_notify(const DistroDictionary *dictionary, DistroService service,
                          uint32_t service_info_size);
/* What a node answers to @op with @status; a list adds its own size. */
uint32_t sim_bytes_answer(SimOp op, DistroStatus status);

/* 1.x */
uint32_t sim_bytes_http_write(const DistroDictionary *dictionary, const DistroWrite *write);
uint32_t sim_bytes_http_write_answer(const DistroDictionary *dictionary, DistroWriteKind kind,
                                     DistroStatus status);
uint32_t sim_bytes_http_query(const DistroDictionary *dictionary, DistroService service);
/* Names of a group's services: the question, and the answer that lists @services. */
uint32_t sim_bytes_http_services(const DistroDictionary *dictionary, DistroName group);
uint32_t sim_bytes_http_service_names(const DistroDictionary *dictionary,
                                      const DistroService *services, size_t count);
/* The UDP datagram around a list of @service_info_size bytes, and its acknowledgement. */
uint32_t sim_bytes_datagram(uint32_t service_info_size);
uint32_t sim_bytes_datagram_ack(void);

/* Parts of a ServiceInfo: one host, and all but the hosts. */
uint32_t sim_bytes_host(const DistroDictionary *dictionary, DistroListing listing);
uint32_t sim_bytes_service_info(const DistroDictionary *dictionary, DistroService service,
                                uint32_t hosts, uint32_t hosts_size);
