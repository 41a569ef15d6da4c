/* tools/distrosim/lint/tokens.c -- see tokens.h. */
#include "tools/distrosim/lint/tokens.h"

#include <stdbool.h>
#include <string.h>

typedef struct Reader {
    const char *at, *end;
    unsigned line;
    GArray *tokens;
} Reader;

static void add(Reader *reader, TokenKind kind, const char *from, unsigned line)
{
    g_autofree char *text = g_strndup(from, (gsize)(reader->at - from));
    Token token = { kind, kind == TOKEN_STRING ? "" : g_intern_string(text), line };
    g_array_append_val(reader->tokens, token);
}

static char next(const Reader *reader, size_t ahead)
{
    return (size_t)(reader->end - reader->at) > ahead ? reader->at[ahead] : '\0';
}

static void skip_one(Reader *reader)
{
    reader->line += *reader->at == '\n';
    reader->at++;
}

/* "[[" or "[==[" at the reader: how many '='; -1 if it is none. */
static int long_level(const Reader *reader)
{
    size_t level = 0;
    if (next(reader, 0) != '[') {
        return -1;
    }
    while (next(reader, 1 + level) == '=') {
        level++;
    }
    return next(reader, 1 + level) == '[' ? (int)level : -1;
}

static bool ends_long(const Reader *reader, int level)
{
    if (next(reader, 0) != ']' || next(reader, (size_t)level + 1) != ']') {
        return false;
    }
    for (int i = 1; i <= level; i++) {
        if (next(reader, (size_t)i) != '=') {
            return false;
        }
    }
    return true;
}

static void skip_long(Reader *reader, int level)
{
    reader->at += level + 2;
    while (reader->at < reader->end && !ends_long(reader, level)) {
        skip_one(reader);
    }
    reader->at = MIN(reader->at + level + 2, reader->end);
}

static void skip_comment(Reader *reader)
{
    reader->at += 2;
    int level = long_level(reader);
    if (level >= 0) {
        skip_long(reader, level);
        return;
    }
    while (reader->at < reader->end && *reader->at != '\n') {
        reader->at++;
    }
}

static void skip_string(Reader *reader)
{
    char quote = *reader->at++;
    while (reader->at < reader->end && *reader->at != quote && *reader->at != '\n') {
        if (*reader->at == '\\' && reader->end - reader->at > 1) {
            skip_one(reader);
        }
        skip_one(reader);
    }
    reader->at += next(reader, 0) == quote;
}

static void read_sign(Reader *reader)
{
    const char *from = reader->at;
    reader->at++;
    if (*from == '.' || *from == ':') {
        while (reader->at < reader->end && *reader->at == *from && reader->at - from < 3) {
            reader->at++;
        }
    } else if (strchr("=~<>", *from) != NULL && next(reader, 0) == '=') {
        reader->at++;
    }
    add(reader, TOKEN_SIGN, from, reader->line);
}

static bool is_name(char c)
{
    return g_ascii_isalnum(c) || c == '_';
}

static void read_one(Reader *reader)
{
    const char *from = reader->at;
    unsigned line = reader->line;
    if (g_ascii_isalpha(*from) || *from == '_') {
        while (reader->at < reader->end && is_name(*reader->at)) {
            reader->at++;
        }
        add(reader, TOKEN_NAME, from, line);
    } else if (g_ascii_isdigit(*from)) {
        while (reader->at < reader->end &&
               (is_name(*reader->at) || (*reader->at == '.' && next(reader, 1) != '.'))) {
            reader->at++;
        }
        add(reader, TOKEN_NUMBER, from, line);
    } else if (*from == '"' || *from == '\'') {
        skip_string(reader);
        add(reader, TOKEN_STRING, from, line);
    } else if (long_level(reader) >= 0) {
        skip_long(reader, long_level(reader));
        add(reader, TOKEN_STRING, from, line);
    } else {
        read_sign(reader);
    }
}

GArray *tokens_of(const char *text, size_t size)
{
    GArray *tokens = g_array_new(false, false, sizeof(Token));
    Reader reader = { text, text + size, 1, tokens };
    if (size >= 2 && text[0] == '#') { /* #!/usr/bin/env distrosim */
        skip_comment(&reader);
    }
    while (reader.at < reader.end) {
        if (*reader.at == '-' && next(&reader, 1) == '-') {
            skip_comment(&reader);
        } else if (g_ascii_isspace(*reader.at) || (unsigned char)*reader.at >= 0x80) {
            skip_one(&reader);
        } else {
            read_one(&reader);
        }
    }
    Token end = { TOKEN_END, "", reader.line };
    g_array_append_val(tokens, end);
    return tokens;
}
