#include "pool.h"

#include <pthread.h>
#include <stdbool.h>

typedef struct pool_s pool_t;

typedef struct pool_worker_s pool_worker_t;
struct pool_worker_s {
	pool_t *pool;
	unsigned id;
	pthread_t thread;
};

struct pool_s {
	pool_fn *fn;
	void *argument;
	pthread_mutex_t mutex;
	pthread_cond_t opened;
	/* Guarded by mutex. */
	bool open, cancelled;
	pool_worker_t worker[POOL_MAX];
};

static void *
pool_worker(void *argument)
{
	pool_worker_t *worker = argument;
	pool_t *pool = worker->pool;
	pthread_mutex_lock(&pool->mutex);
	while (!pool->open)
		pthread_cond_wait(&pool->opened, &pool->mutex);
	bool cancelled = pool->cancelled;
	pthread_mutex_unlock(&pool->mutex);
	if (!cancelled)
		pool->fn(pool->argument, worker->id);
	return NULL;
}

static void
pool_open(pool_t *pool, bool cancelled)
{
	pthread_mutex_lock(&pool->mutex);
	pool->open = true;
	pool->cancelled = cancelled;
	pthread_cond_broadcast(&pool->opened);
	pthread_mutex_unlock(&pool->mutex);
}

int
pool_run(unsigned n, pool_fn *fn, void *argument)
{
	if (n == 1) {
		fn(argument, 0);
		return 0;
	}
	pool_t pool = {.fn = fn, .argument = argument};
	pthread_mutex_init(&pool.mutex, NULL);
	pthread_cond_init(&pool.opened, NULL);
	int error = 0;
	unsigned made = 0;
	for (; made < n && error == 0; made += error == 0) {
		pool_worker_t *worker = &pool.worker[made];
		worker->pool = &pool;
		worker->id = made;
		error =
		    pthread_create(&worker->thread, NULL, pool_worker, worker);
	}
	pool_open(&pool, error != 0);
	for (unsigned i = 0; i < made; i++)
		pthread_join(pool.worker[i].thread, NULL);
	pthread_cond_destroy(&pool.opened);
	pthread_mutex_destroy(&pool.mutex);
	return error;
}
