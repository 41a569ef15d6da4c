/* core/json/address.c -- see address.h. */
#include "core/json/address.h"

#include <string.h>

DistroAddress distro_address_split(const char *text)
{
    const char *colon = strrchr(text, ':');
    const size_t port_size = colon == NULL ? 0 : strspn(colon + 1, "0123456789");
    const bool sound = port_size > 0 && port_size <= 5 && colon[1 + port_size] == '\0' &&
                       (colon[1] != '0' || port_size == 1);
    if (!sound) {
        return (DistroAddress) { text, "0", strlen(text), 1 };
    }
    return (DistroAddress) { text, colon + 1, (size_t)(colon - text), port_size };
}

DistroAddress distro_address_of_client(const DistroDictionary *dictionary, DistroClient client)
{
    const DistroName tag = distro_dictionary_client_info(dictionary, client)->tag;
    return distro_address_split(distro_dictionary_text(dictionary, tag));
}
