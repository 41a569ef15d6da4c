/* tools/distrod/host/host.h -- the loop around distro_node_step: one node, the process's clocks,
 * and those who carry out what it asks for.
 *
 *      reg_host_submit -> step -> each effect -> its carriers, in order
 *             ^                                      |
 *             `--- an input that arises meanwhile ---'   waits until all effects are carried out
 *
 * Effects hold until the next step, so a carrier may read them at leisure; what outlives it is
 * copied (a frame by reference). */
#pragma once

#include "core/distro.h"
#include "tools/distrod/base/timers.h"

typedef struct RegHost RegHost;

/* Carries @effect out. It may submit inputs. */
typedef void (*RegCarry)(void *data, const DistroEffect *effect);

/* A node of its own dictionary that listens at @self. @timers is borrowed. */
RegHost *reg_host_new(RegTimers *timers, const DistroConfig *config, const char *self);
void reg_host_free(RegHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegHost, reg_host_free)

/* Call @carry with @data for every effect of @kind, after those named before. */
void reg_host_carry(RegHost *host, DistroEffectKind kind, RegCarry carry, void *data);
/* The first input. */
void reg_host_boot(RegHost *host, const char *const *addresses, size_t count);
/* The member list has changed. */
void reg_host_members(RegHost *host, const char *const *addresses, size_t count);
/* Give the node @input, whose times are filled in here. @input is borrowed; frames are kept by
 * reference as long as needed. */
void reg_host_submit(RegHost *host, const DistroInput *input);
/* An operation without a call, done when this returns unless a carrier asks for it. */
void reg_host_operate(RegHost *host, DistroOperationKind kind, DistroClient client,
                      DistroService service, DistroPublication publication);

const DistroNode *reg_host_node(const RegHost *host);
DistroDictionary *reg_host_dictionary(const RegHost *host);
const DistroConfig *reg_host_config(const RegHost *host);
DistroName reg_host_self(const RegHost *host);
/* A number that no call had before. */
uint64_t reg_host_new_call(RegHost *host);
/* Steps taken since the beginning. */
uint64_t reg_host_steps(const RegHost *host);
