/* tools/real/listing.h -- instances as servers write them, and as the simulator numbers them. */
#pragma once

#include "core/dictionary.h"
#include "tools/distrod/wire/json.h"

/* The listing that @host, an Instance in JSON, is one of for @service: that which a story's
 * `register` would make of the same fields. DISTRO_NONE if it has no address. */
DistroListing real_listing_of(DistroDictionary *dictionary, DistroService service,
                              const DistroJson *json, const DistroJsonValue *host);
/* Those of a JSON array (nullable), appended to @out (DistroListing). */
void real_listings_of(DistroDictionary *dictionary, DistroService service, const DistroJson *json,
                      const DistroJsonValue *hosts, GArray *out);
/* "namespace":..,"serviceName":..,"groupName":.. */
void real_put_service(GString *json, const DistroDictionary *dictionary, DistroService service);
/* An Instance as Nacos's SDK writes it. */
void real_put_instance(GString *json, const DistroDictionary *dictionary, DistroListing listing);
