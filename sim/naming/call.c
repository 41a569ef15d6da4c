/* sim/naming/call.c -- see call.h. */
#include "sim/naming/call.h"

#include <string.h>

enum {
    STATUS_AT = 2,
    WORD_AT = 4
};

const char *const sim_checker_names[] = { "tcp", "http", "none", NULL };

DistroFrame sim_client_answer(DistroStatus status, uint32_t word)
{
    DistroFrame frame = { .body = NULL };
    uint16_t status_le = GUINT16_TO_LE((uint16_t)status);
    uint32_t word_le = GUINT32_TO_LE(word);
    memcpy(frame.head + STATUS_AT, &status_le, sizeof status_le);
    memcpy(frame.head + WORD_AT, &word_le, sizeof word_le);
    return frame;
}

DistroStatus sim_client_answer_status(const DistroFrame *frame)
{
    uint16_t status_le;
    memcpy(&status_le, frame->head + STATUS_AT, sizeof status_le);
    uint16_t status = GUINT16_FROM_LE(status_le);
    return (DistroStatus)status;
}

uint32_t sim_client_answer_word(const DistroFrame *frame)
{
    uint32_t word_le;
    memcpy(&word_le, frame->head + WORD_AT, sizeof word_le);
    return GUINT32_FROM_LE(word_le);
}
