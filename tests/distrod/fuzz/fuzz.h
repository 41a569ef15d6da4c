/* tests/distrod/fuzz/fuzz.h -- what a fuzz target is.
 *
 * Each target is a program twice: with libFuzzer (tests/distrod/fuzz.sh) it searches for as long as
 * one likes; without, driver.c plays the corpus and a bounded number of mutations of it, the same
 * each time, in the default suite. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Try one input. What goes wrong ends the process (an assert, a sanitizer). */
void fuzz_one(const uint8_t *bytes, size_t size);
