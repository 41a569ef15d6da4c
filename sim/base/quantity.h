/* sim/base/quantity.h -- numbers that know what they count: durations, proportions, sizes, rates.
 *
 * A scenario writes s(20) or percent(5), the command line 20s or 5%. Inside, a quantity is a kind
 * and a double in the kind's base unit; time becomes integer microseconds where it enters the
 * world. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum SimQuantityKind {
    SIM_QUANTITY_DURATION,   /* microseconds */
    SIM_QUANTITY_PROPORTION, /* 1 is all */
    SIM_QUANTITY_SIZE,       /* bytes */
    SIM_QUANTITY_BANDWIDTH,  /* bits per second */
    SIM_QUANTITY_RATE,       /* per second */
    SIM_N_QUANTITIES,
} SimQuantityKind;

typedef struct SimQuantity {
    SimQuantityKind kind;
    double value;
} SimQuantity;

/* @value in the kind's base unit; what is off a whole microsecond or byte by no more than
 * arithmetic errs is that whole one. */
SimQuantity sim_quantity_of(SimQuantityKind kind, double value);
const char *sim_quantity_kind_name(SimQuantityKind kind);    /* "duration" */
const char *sim_quantity_kind_example(SimQuantityKind kind); /* "a duration such as s(20)" */

/* Canonical text, which sim_quantity_parse reads back exactly: "20s", "5%", "64kib", "20/s". */
enum {
    SIM_QUANTITY_TEXT_SIZE = 64
};
void sim_quantity_text(SimQuantity quantity, char text[SIM_QUANTITY_TEXT_SIZE]);
/* Reads "20.5s", "-31s", "1/1000", "5%". False if @text is no quantity. */
bool sim_quantity_parse(const char *text, SimQuantity *quantity);
