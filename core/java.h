/* core/java.h -- the few Java library functions whose results are part of the protocol.
 *
 * All take valid UTF-8 and hash it as Java does, as UTF-16 code units. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int32_t distro_java_string_hash(const char *utf8);                 /* String.hashCode */
int32_t distro_java_string_hash_n(const char *utf8, size_t bytes); /* of the first @bytes */
int32_t distro_java_double_hash(double value);                     /* Double.hashCode */
int32_t distro_java_long_hash(int64_t value);                      /* Long.hashCode */
static inline int32_t distro_java_bool_hash(bool value)
{
    return value ? 1231 : 1237;
}

/* Double.toString (JDK 17) into @buffer; returns the length. */
enum {
    DISTRO_JAVA_DOUBLE_SIZE = 32
};
size_t distro_java_double_text(double value, char buffer[DISTRO_JAVA_DOUBLE_SIZE]);

/* String.compareTo: order of UTF-16 code units, which is not the order of UTF-8 bytes. */
int distro_java_string_compare(const char *a, const char *b);

/* DistroMapper#distroHash: |hashCode rem Integer.MAX_VALUE|. */
uint32_t distro_hash(const char *tag);
