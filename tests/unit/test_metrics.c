/* tests/unit/test_metrics.c -- the timeline, the faults' lives and the counters. */
#include "sim/study/study.h"
#include "tests/support/check.h"
#include "tests/support/fake_world.h"

static const SimFault *fault(FakeWorld *fake, size_t number)
{
    size_t count;
    const SimFault *faults = sim_metrics_faults(fake->world.study->metrics, &count);

    g_assert_cmpuint(number, <, count);
    return &faults[number];
}

static void begin_fault(FakeWorld *fake, const char *key)
{
    sim_metrics_fault_begins(fake->world.study->metrics, key, g_strdup(key));
}

static void a_sample_is_taken_at_the_start_and_every_quarter_of_a_second(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 0);
    size_t count;

    sim_metrics_start(fake->world.study->metrics);
    run_to(fake, S(1));
    const SimSample *samples = sim_metrics_samples(fake->world.study->metrics, &count);
    check_uint(count, ==, 5);
    for (size_t i = 0; i < count; i++) {
        check_int(samples[i].at_us, ==, (int64_t)i * 250000);
    }
}

static void a_sample_says_how_things_stand(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(3, 2);
    size_t count;

    publish(fake, 0, "shop");
    see_everywhere(fake, 0, "shop");
    drop(fake, 1, 0, "shop");
    publish(fake, 1, "bank");
    see_everywhere(fake, 1, "bank");
    sim_truth_client_killed(fake->world.study->truth, 1);
    node_crashes(fake, 2);
    fake_node(fake, 0)->core->state.pending = 3;
    fake_node(fake, 1)->core->state.pending = 4;
    fake->network.totals = (SimTrafficTotals) { .messages = 9, .bytes_lan = 1, .bytes_wan = 100 };
    sim_metrics_start(fake->world.study->metrics);

    const SimSample *sample = sim_metrics_samples(fake->world.study->metrics, &count);
    check_uint(sample->live_nodes, ==, 2);
    check_uint(sample->views, ==, 2);
    check_uint(sample->lost, ==, 1);
    check_uint(sample->zombies, ==, 2);
    check_uint(sample->pending, ==, 7);
    check_uint(sample->messages, ==, 9);
    check_uint(sample->bytes_wan, ==, 100);
}

static void the_peak_of_pending_tasks_outlives_it(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 0);

    sim_metrics_start(fake->world.study->metrics);
    fake_node(fake, 0)->core->state.pending = 42;
    run_to(fake, S(1));
    fake_node(fake, 0)->core->state.pending = 1;
    run_to(fake, S(2));
    check_uint(sim_metrics_peak_pending(fake->world.study->metrics), ==, 42);
}

static void a_fault_lasts_until_its_key_ends(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 0);

    run_to(fake, S(1));
    begin_fault(fake, "down n1");
    begin_fault(fake, "down n2");
    run_to(fake, S(2));
    sim_metrics_fault_ends(fake->world.study->metrics, "down n2");
    check_int(fault(fake, 0)->to_us, ==, INT64_MAX);
    check_int(fault(fake, 1)->from_us, ==, S(1));
    check_int(fault(fake, 1)->to_us, ==, S(2));
    run_to(fake, S(3));
    begin_fault(fake, "down n2"); /* again: a fault of its own */
    sim_metrics_fault_ends(fake->world.study->metrics, "down n1");
    check_int(fault(fake, 0)->to_us, ==, S(3));
    check_int(fault(fake, 2)->to_us, ==, INT64_MAX);
}

static void a_heal_ends_cuts_and_links_and_nothing_else(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 0);

    begin_fault(fake, "down n1");
    begin_fault(fake, "net cut n1");
    begin_fault(fake, "net link n1");
    run_to(fake, S(1));
    sim_metrics_fault_ends(fake->world.study->metrics, NULL);
    check_int(fault(fake, 0)->to_us, ==, INT64_MAX);
    check_int(fault(fake, 1)->to_us, ==, S(1));
    check_int(fault(fake, 2)->to_us, ==, S(1));
    check_str(fault(fake, 1)->label, ==, "net cut n1");
}

static void what_is_counted_is_there(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);
    SimMetrics *metrics = fake->world.study->metrics;
    const SimReadNews read = { .service = service_of(fake, "shop") };

    sim_metrics_unavailable_write(metrics);
    sim_tell_list_read(&fake->world, &read); /* rightly empty */
    publish(fake, 0, "shop");
    sim_tell_list_read(&fake->world, &read);
    sim_tell_list_read(&fake->world, &read);
    sim_metrics_detected(metrics, S(25));
    check_uint(sim_metrics_unavailable_writes(metrics), ==, 1);
    check_uint(sim_metrics_empty_reads(metrics), ==, 2);
    check_uint(sim_metrics_detections(metrics)->len, ==, 1);
    check_int(g_array_index(sim_metrics_detections(metrics), int64_t, 0), ==, S(25));
}

int main(void)
{
    static const Test tests[] = {
        { "a sample is taken at the start and every quarter of a second",
          a_sample_is_taken_at_the_start_and_every_quarter_of_a_second },
        { "a sample says how things stand", a_sample_says_how_things_stand },
        { "the peak of pending tasks outlives it", the_peak_of_pending_tasks_outlives_it },
        { "a fault lasts until its key ends", a_fault_lasts_until_its_key_ends },
        { "a heal ends cuts and links and nothing else",
          a_heal_ends_cuts_and_links_and_nothing_else },
        { "what is counted is there", what_is_counted_is_there },
        { 0 },
    };
    return run_tests("metrics", tests);
}
