/* tools/distrosim/lint/tokens.h -- a Lua file as words, each with its line. */
#pragma once

#include <glib.h>

typedef enum TokenKind {
    TOKEN_NAME,   /* keywords, too */
    TOKEN_STRING, /* its contents are left out */
    TOKEN_NUMBER,
    TOKEN_SIGN, /* one character, "..", "..." or "::" */
    TOKEN_END,  /* behind the last */
} TokenKind;

typedef struct Token {
    TokenKind kind;
    const char *text; /* interned */
    unsigned line;    /* from 1 */
} Token;

/* Tokens of @text (@size bytes), the last a TOKEN_END. What is no Lua gives tokens all the same:
 * its syntax is for the Lua compiler to judge. (transfer full), Token */
GArray *tokens_of(const char *text, size_t size);
