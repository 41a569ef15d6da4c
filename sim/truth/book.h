/* sim/truth/book.h -- what is said of instances, as text, and the truth's own numbers for it.
 *
 * The truth compares what clients said with what queries return. A number of the core's dictionary
 * would stand for both, so that a mistake in entering it were in both and seen by none: here texts
 * are compared, and numbered by tables that share no code with the core.
 *
 *      name          "10.128.0.1", "shop"
 *      service       namespace, group and name
 *      content       cluster, weight, enabled, metadata
 *      statement     a service, and of each instance ip, port and content
 *
 * The functions that read take a number of the core for what a query returns under it.
 *
 * Memory: grows only; texts are copied. */
#pragma once

#include "core/dictionary.h"

typedef struct SimBook SimBook;

/* One entry of an instance's metadata. */
typedef struct SimSaidEntry {
    const char *key, *text;
} SimSaidEntry;

/* What one instance says beside its address and its health. */
typedef struct SimSaidContent {
    const char *cluster; /* "DEFAULT" if nothing else was said */
    double weight;
    bool enabled;
    const SimSaidEntry *metadata; /* in any order, keys distinct */
    uint32_t n_metadata;
} SimSaidContent;

typedef struct SimSaidService {
    const char *namespace_id, *group, *name;
} SimSaidService;

/* One instance of a statement. */
typedef struct SimSaidItem {
    uint32_t ip; /* a name */
    int32_t port;
    uint32_t content;
} SimSaidItem;

/* What is published of one service. */
typedef struct SimStatement {
    uint32_t service;
    uint32_t count;
    const SimSaidItem *items;
} SimStatement;

SimBook *sim_book_new(void);
void sim_book_free(SimBook *book);

/* Numbers from 1 on; equal numbers, equal texts. */
uint32_t sim_book_name(SimBook *book, const char *text);
uint32_t sim_book_service(SimBook *book, const char *namespace_id, const char *group,
                          const char *name);
uint32_t sim_book_content(SimBook *book, const SimSaidContent *content);
uint32_t sim_book_statement(SimBook *book, uint32_t service, const SimSaidItem *items,
                            uint32_t count);

/* (transfer none) Until the book is freed. */
const char *sim_book_text(const SimBook *book, uint32_t name);
const SimSaidService *sim_book_service_info(const SimBook *book, uint32_t service);
const SimSaidContent *sim_book_content_info(const SimBook *book, uint32_t content);
const SimStatement *sim_book_statement_info(const SimBook *book, uint32_t statement);

uint32_t sim_book_read_name(SimBook *book, const DistroDictionary *dictionary, DistroName name);
uint32_t sim_book_read_service(SimBook *book, const DistroDictionary *dictionary,
                               DistroService service);
uint32_t sim_book_read_content(SimBook *book, const DistroDictionary *dictionary,
                               DistroListing listing);
/* 0 for DISTRO_NONE. */
uint32_t sim_book_read_statement(SimBook *book, const DistroDictionary *dictionary,
                                 DistroPublication publication);
/* How @is differs from @wanted, as "weight 1 instead of 5": appended to @out. */
void sim_book_append_difference(const SimBook *book, uint32_t is, uint32_t wanted, GString *out);
