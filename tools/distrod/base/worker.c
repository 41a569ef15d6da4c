/* tools/distrod/base/worker.c -- one thread and a queue to it. */
#include "tools/distrod/base/worker.h"

#include <stdbool.h>

typedef struct Order {
    RegJob job, done;
    void *data;
} Order;

struct RegWorker {
    GThread *thread;
    GAsyncQueue *orders; /* Order */
};

static gboolean finish_order(gpointer data)
{
    Order *order = data;
    order->done(order->data);
    g_free(order);
    return G_SOURCE_REMOVE;
}

/* An order without a job is the last. */
static gpointer work(gpointer data)
{
    RegWorker *worker = data;
    for (;;) {
        Order *order = g_async_queue_pop(worker->orders);
        if (order->job == NULL) {
            g_free(order);
            return NULL;
        }
        order->job(order->data);
        if (order->done != NULL) {
            g_main_context_invoke_full(NULL, G_PRIORITY_DEFAULT, finish_order, order, NULL);
        } else {
            g_free(order);
        }
    }
}

RegWorker *reg_worker_new(void)
{
    RegWorker *worker = g_new0(RegWorker, 1);
    worker->orders = g_async_queue_new();
    worker->thread = g_thread_new("distrod-blocks", work, worker);
    return worker;
}

void reg_worker_free(RegWorker *worker)
{
    if (worker == NULL) {
        return;
    }
    g_async_queue_push(worker->orders, g_new0(Order, 1));
    g_thread_join(worker->thread);
    while (g_main_context_iteration(NULL, false)) {
    }
    g_async_queue_unref(worker->orders);
    g_free(worker);
}

void reg_worker_give(RegWorker *worker, RegJob job, RegJob done, void *data)
{
    Order *order = g_new(Order, 1);
    *order = (Order) { job, done, data };
    g_async_queue_push(worker->orders, order);
}
