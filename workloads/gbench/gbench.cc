/*
 * gbench: the C++ side. Each function is the method of the same name, behind
 * checks of what Google Benchmark would end the process for.
 */
#include "gbench.h"

#include <benchmark/benchmark.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/* What is set already, where Google Benchmark would not take both. */
struct gb_benchmark {
	benchmark::internal::Benchmark *impl;
	gb_function *fn;
	void *user;
	size_t nargs = 0;
	bool has_args = false;
	bool fixed = false, timed = false, real = false, manual = false;
};

/* What a gb_state_t really is. */
struct gb_running : gb_state {
	benchmark::State *impl;
	const gb_benchmark *owner;
};

static benchmark::State &
state_of(gb_state_t *state)
{
	return *static_cast<gb_running *>(state)->impl;
}

static const benchmark::State &
state_of(const gb_state_t *state)
{
	return *static_cast<const gb_running *>(state)->impl;
}

static std::vector<std::unique_ptr<gb_benchmark>> &
registered()
{
	static std::vector<std::unique_ptr<gb_benchmark>> all;
	return all;
}

/* Whether n arguments an instance agree with what was added before. */
static bool
takes_args(const gb_benchmark_t *b, size_t n)
{
	return b != nullptr && n != 0 && (!b->has_args || b->nargs == n);
}

static void
took_args(gb_benchmark_t *b, size_t n)
{
	b->has_args = true;
	b->nargs = n;
}

static void
call(const gb_benchmark *b, benchmark::State &impl)
{
	gb_running state;
	state.gb_left = 0;
	state.impl = &impl;
	state.owner = b;
	b->fn(&state, b->user);
}

extern "C" {

/* -------------------------------------------------------- the program -- */

void
gb_initialize(int *argc, char **argv)
{
	benchmark::Initialize(argc, argv);
}

bool
gb_report_unrecognized(int argc, char **argv)
{
	return benchmark::ReportUnrecognizedArguments(argc, argv);
}

/*
 * 1.7 makes its reporter once and deletes it after the first run, then uses
 * it again in the second; one that is passed in is left alone.
 */
size_t
gb_run(const char *filter)
{
	benchmark::BenchmarkReporter *shown =
	    benchmark::CreateDefaultDisplayReporter();
	return filter != nullptr
		   ? benchmark::RunSpecifiedBenchmarks(shown, filter)
		   : benchmark::RunSpecifiedBenchmarks(shown);
}

void
gb_shutdown(void)
{
	benchmark::Shutdown();
}

void
gb_clear(void)
{
	benchmark::ClearRegisteredBenchmarks();
	registered().clear();
}

int
gb_add_context(const char *key, const char *value)
{
	if (key == nullptr || value == nullptr)
		return EINVAL;
	benchmark::AddCustomContext(key, value);
	return 0;
}

/* -------------------------------------------------------- registering -- */

gb_benchmark_t *
gb_register(const char *name, gb_function *fn, void *user)
{
	if (name == nullptr || fn == nullptr)
		return nullptr;
	auto b = std::make_unique<gb_benchmark>();
	gb_benchmark *raw = b.get();
	raw->fn = fn;
	raw->user = user;
	raw->impl = benchmark::RegisterBenchmark(
	    name, [raw](benchmark::State &impl) { call(raw, impl); });
	registered().push_back(std::move(b));
	return raw;
}

int
gb_arg(gb_benchmark_t *b, int64_t arg)
{
	if (!takes_args(b, 1))
		return EINVAL;
	took_args(b, 1);
	b->impl->Arg(arg);
	return 0;
}

int
gb_args(gb_benchmark_t *b, const int64_t *args, size_t n)
{
	if (!takes_args(b, n) || args == nullptr)
		return EINVAL;
	took_args(b, n);
	b->impl->Args(std::vector<int64_t>(args, args + n));
	return 0;
}

int
gb_range_of_args(gb_benchmark_t *b, int64_t first, int64_t last)
{
	if (!takes_args(b, 1) || first > last)
		return EINVAL;
	took_args(b, 1);
	b->impl->Range(first, last);
	return 0;
}

int
gb_range_multiplier(gb_benchmark_t *b, int multiplier)
{
	if (b == nullptr || multiplier < 2)
		return EINVAL;
	b->impl->RangeMultiplier(multiplier);
	return 0;
}

int
gb_ranges_of_args(
    gb_benchmark_t *b, const int64_t *first, const int64_t *last, size_t n)
{
	if (!takes_args(b, n) || first == nullptr || last == nullptr)
		return EINVAL;
	std::vector<std::pair<int64_t, int64_t>> ranges;
	for (size_t i = 0; i < n; i++) {
		if (first[i] > last[i])
			return EINVAL;
		ranges.emplace_back(first[i], last[i]);
	}
	took_args(b, n);
	b->impl->Ranges(ranges);
	return 0;
}

int
gb_dense_range(gb_benchmark_t *b, int64_t first, int64_t last, int step)
{
	if (!takes_args(b, 1) || first > last || step < 1)
		return EINVAL;
	took_args(b, 1);
	b->impl->DenseRange(first, last, step);
	return 0;
}

int
gb_args_product(gb_benchmark_t *b, const gb_values_t *values, size_t n)
{
	if (!takes_args(b, n) || values == nullptr)
		return EINVAL;
	std::vector<std::vector<int64_t>> lists;
	for (size_t i = 0; i < n; i++) {
		if (values[i].value == nullptr || values[i].n == 0)
			return EINVAL;
		lists.emplace_back(
		    values[i].value, values[i].value + values[i].n);
	}
	took_args(b, n);
	b->impl->ArgsProduct(lists);
	return 0;
}

int
gb_arg_name(gb_benchmark_t *b, const char *name)
{
	return gb_arg_names(b, &name, 1);
}

int
gb_arg_names(gb_benchmark_t *b, const char *const *names, size_t n)
{
	if (!takes_args(b, n) || names == nullptr)
		return EINVAL;
	std::vector<std::string> all;
	for (size_t i = 0; i < n; i++) {
		if (names[i] == nullptr)
			return EINVAL;
		all.emplace_back(names[i]);
	}
	b->impl->ArgNames(all);
	return 0;
}

int
gb_threads(gb_benchmark_t *b, int threads)
{
	if (b == nullptr || threads < 1)
		return EINVAL;
	b->impl->Threads(threads);
	return 0;
}

int
gb_thread_range(gb_benchmark_t *b, int min, int max)
{
	if (b == nullptr || min < 1 || max < min)
		return EINVAL;
	b->impl->ThreadRange(min, max);
	return 0;
}

int
gb_dense_thread_range(gb_benchmark_t *b, int min, int max, int stride)
{
	if (b == nullptr || min < 1 || max < min || stride < 1)
		return EINVAL;
	b->impl->DenseThreadRange(min, max, stride);
	return 0;
}

int
gb_thread_per_cpu(gb_benchmark_t *b)
{
	if (b == nullptr)
		return EINVAL;
	b->impl->ThreadPerCpu();
	return 0;
}

int
gb_fix_iterations(gb_benchmark_t *b, int64_t iterations)
{
	if (b == nullptr || iterations < 1 || b->timed)
		return EINVAL;
	b->fixed = true;
	b->impl->Iterations(iterations);
	return 0;
}

int
gb_min_time(gb_benchmark_t *b, double seconds)
{
	if (b == nullptr || !(seconds > 0) || b->fixed)
		return EINVAL;
	b->timed = true;
	b->impl->MinTime(seconds);
	return 0;
}

int
gb_min_warmup_time(gb_benchmark_t *b, double seconds)
{
	if (b == nullptr || !(seconds > 0) || b->fixed)
		return EINVAL;
	b->timed = true;
	b->impl->MinWarmUpTime(seconds);
	return 0;
}

int
gb_repetitions(gb_benchmark_t *b, int n)
{
	if (b == nullptr || n < 1)
		return EINVAL;
	b->impl->Repetitions(n);
	return 0;
}

int
gb_report_aggregates_only(gb_benchmark_t *b, bool only)
{
	if (b == nullptr)
		return EINVAL;
	b->impl->ReportAggregatesOnly(only);
	return 0;
}

int
gb_display_aggregates_only(gb_benchmark_t *b, bool only)
{
	if (b == nullptr)
		return EINVAL;
	b->impl->DisplayAggregatesOnly(only);
	return 0;
}

int
gb_unit(gb_benchmark_t *b, gb_unit_t unit)
{
	static const benchmark::TimeUnit units[] = {benchmark::kNanosecond,
	    benchmark::kMicrosecond, benchmark::kMillisecond,
	    benchmark::kSecond};
	if (b == nullptr || (size_t)unit >= sizeof(units) / sizeof(units[0]))
		return EINVAL;
	b->impl->Unit(units[unit]);
	return 0;
}

int
gb_use_real_time(gb_benchmark_t *b)
{
	if (b == nullptr || b->manual)
		return EINVAL;
	b->real = true;
	b->impl->UseRealTime();
	return 0;
}

int
gb_use_manual_time(gb_benchmark_t *b)
{
	if (b == nullptr || b->real)
		return EINVAL;
	b->manual = true;
	b->impl->UseManualTime();
	return 0;
}

int
gb_measure_process_cpu_time(gb_benchmark_t *b)
{
	if (b == nullptr)
		return EINVAL;
	b->impl->MeasureProcessCPUTime();
	return 0;
}

int
gb_complexity(gb_benchmark_t *b, gb_big_o_t growth)
{
	static const benchmark::BigO growths[] = {benchmark::oNone,
	    benchmark::o1, benchmark::oN, benchmark::oNSquared,
	    benchmark::oNCubed, benchmark::oLogN, benchmark::oNLogN,
	    benchmark::oAuto};
	if (b == nullptr ||
	    (size_t)growth >= sizeof(growths) / sizeof(growths[0]))
		return EINVAL;
	b->impl->Complexity(growths[growth]);
	return 0;
}

/* ---------------------------------------------------------- measuring -- */

/*
 * The first call takes all iterations as one batch, which starts the clock;
 * the header's loop hands them out. The next call finds none and stops it.
 */
bool
gb_keep_running_edge(gb_state_t *state)
{
	benchmark::State &impl = state_of(state);
	if (!impl.KeepRunningBatch(impl.max_iterations))
		return false;
	state->gb_left = (uint64_t)impl.max_iterations - 1;
	return true;
}

bool
gb_keep_running_batch(gb_state_t *state, int64_t n)
{
	return state_of(state).KeepRunningBatch(n < 1 ? 1 : n);
}

void
gb_pause_timing(gb_state_t *state)
{
	state_of(state).PauseTiming();
}

void
gb_resume_timing(gb_state_t *state)
{
	state_of(state).ResumeTiming();
}

void
gb_set_iteration_time(gb_state_t *state, double seconds)
{
	state_of(state).SetIterationTime(seconds);
}

void
gb_skip_with_error(gb_state_t *state, const char *message)
{
	state->gb_left = 0;
	state_of(state).SkipWithError(message != nullptr ? message : "");
}

bool
gb_error_occurred(const gb_state_t *state)
{
	return state_of(state).error_occurred();
}

int64_t
gb_range(const gb_state_t *state, size_t i)
{
	const gb_running *r = static_cast<const gb_running *>(state);
	return i < r->owner->nargs ? r->impl->range(i) : 0;
}

int
gb_thread_index(const gb_state_t *state)
{
	return state_of(state).thread_index();
}

int
gb_thread_count(const gb_state_t *state)
{
	return state_of(state).threads();
}

int64_t
gb_iterations(const gb_state_t *state)
{
	return state_of(state).iterations();
}

int64_t
gb_max_iterations(const gb_state_t *state)
{
	return state_of(state).max_iterations;
}

/* ------------------------------------------------------------- results -- */

void
gb_set_bytes_processed(gb_state_t *state, int64_t bytes)
{
	state_of(state).SetBytesProcessed(bytes);
}

void
gb_set_items_processed(gb_state_t *state, int64_t items)
{
	state_of(state).SetItemsProcessed(items);
}

void
gb_set_label(gb_state_t *state, const char *label)
{
	state_of(state).SetLabel(label != nullptr ? label : "");
}

void
gb_set_complexity_n(gb_state_t *state, int64_t n)
{
	state_of(state).SetComplexityN(n);
}

void
gb_set_counter(
    gb_state_t *state, const char *name, double value, unsigned flags)
{
	using benchmark::Counter;
	static const struct {
		unsigned ours;
		Counter::Flags theirs;
	} pairs[] = {
	    {GB_COUNTER_RATE, Counter::kIsRate},
	    {GB_COUNTER_AVG_THREADS, Counter::kAvgThreads},
	    {GB_COUNTER_INVARIANT, Counter::kIsIterationInvariant},
	    {GB_COUNTER_AVG_ITERATIONS, Counter::kAvgIterations},
	    {GB_COUNTER_INVERT, Counter::kInvert},
	};
	Counter::Flags theirs = Counter::kDefaults;
	for (const auto &pair : pairs) {
		if (flags & pair.ours)
			theirs = theirs | pair.theirs;
	}
	if (name != nullptr)
		state_of(state).counters[name] = Counter(value, theirs,
		    flags & GB_COUNTER_BASE_1024 ? Counter::kIs1024
						 : Counter::kIs1000);
}
}
