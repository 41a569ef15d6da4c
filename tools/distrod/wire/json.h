/* tools/distrod/wire/json.h -- JSON written as Jackson writes it, and read leniently.
 *
 * Reading: an absent member and a null are alike, and a number or a truth value may be written as a
 * string, as Jackson has it. */
#pragma once

#include "core/json/read/parse.h"

/* ---- writing: appended to @out ---- */

/* @text as a string with quotes; null if it is NULL. */
void reg_json_put_text(GString *out, const char *text);
void reg_json_put_number(GString *out, int64_t number);
/* As Double.toString has it. */
void reg_json_put_double(GString *out, double number);
void reg_json_put_bool(GString *out, bool value);
/* ,"key": -- without the comma after an opening brace or bracket. @key needs no escapes. */
void reg_json_put_key(GString *out, const char *key);
/* A comma, if what stands before needs one. */
void reg_json_put_comma(GString *out);
/* key and value in one */
void reg_json_put_text_of(GString *out, const char *key, const char *text);
void reg_json_put_number_of(GString *out, const char *key, int64_t number);
void reg_json_put_bool_of(GString *out, const char *key, bool value);
/* A literal, which stays where it is, as a piece of a text. */
GBytes *reg_json_piece(const char *literal);
/* A value that was read, as it was but for white space. */
void reg_json_put_value(GString *out, const DistroJson *json, const DistroJsonValue *value);

/* ---- reading: @value (nullable) is an object ---- */

/* NULL if absent. */
const char *reg_json_text(const DistroJson *json, const DistroJsonValue *value, const char *key);
const DistroJsonValue *reg_json_object(const DistroJson *json, const DistroJsonValue *value,
                                       const char *key);
const DistroJsonValue *reg_json_array(const DistroJson *json, const DistroJsonValue *value,
                                      const char *key);
/* @otherwise if absent; INT64_MIN, or not a number, if it is there and is no number in range. */
int64_t reg_json_number(const DistroJson *json, const DistroJsonValue *value, const char *key,
                        int64_t otherwise);
double reg_json_double(const DistroJson *json, const DistroJsonValue *value, const char *key,
                       double otherwise);
bool reg_json_bool(const DistroJson *json, const DistroJsonValue *value, const char *key,
                   bool otherwise);
