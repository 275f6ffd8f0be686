# Written by `ebb report`: what this run holds, for the scripts beside it.
baseline = "glibc"
equivalence = 1.015
# allocator, row of $palette
$arms << EOD
"glibc" "glibc"
"tcmalloc" "tcmalloc"
"decay" "decay"
"ratio" "ratio"
"fill-full" "fill-full"
"decay-notcache" "decay-notcache"
EOD
# ratio.gp: figure, title, rows, allocators, operation
$ratio << EOD
"ratio-time" "Work time against the baseline" 10 "tcmalloc decay ratio fill-full decay-notcache" ""
"ratio-memory" "Mean memory against the baseline" 10 "tcmalloc decay ratio fill-full decay-notcache" ""
"ratio-gbench" "Microbenchmarks against the baseline" 30 "tcmalloc decay fill-full decay-notcache" ""
EOD
# rss_time.gp: figure, title, rows, allocators, operation
$rss_time << EOD
"rss_time-oscillate.interleaved.t1" "Memory over time: oscillate.interleaved.t1" 4 "glibc tcmalloc decay ratio" "malloc or free call"
"rss_time-step-down.arena.t1" "Memory over time: step-down.arena.t1" 4 "glibc tcmalloc decay ratio" "free call"
"rss_time-server-slots.larson.t1" "Memory over time: server-slots.larson.t1" 6 "glibc tcmalloc decay decay-notcache fill-full ratio" "free+malloc replacement"
"rss_time-server-slots.larson.t2" "Memory over time: server-slots.larson.t2" 6 "glibc tcmalloc decay decay-notcache fill-full ratio" "free+malloc replacement"
"rss_time-server-slots.larson.t4" "Memory over time: server-slots.larson.t4" 6 "glibc tcmalloc decay decay-notcache fill-full ratio" "free+malloc replacement"
"rss_time-producer-consumer.fixed-64.t2" "Memory over time: producer-consumer.fixed-64.t2" 6 "glibc tcmalloc decay decay-notcache fill-full ratio" "message: malloc, hand over, free"
"rss_time-producer-consumer.fixed-64.t4" "Memory over time: producer-consumer.fixed-64.t4" 6 "glibc tcmalloc decay decay-notcache fill-full ratio" "message: malloc, hand over, free"
"rss_time-burst-width.lifo-200.t1" "Memory over time: burst-width.lifo-200.t1" 5 "glibc tcmalloc decay fill-full decay-notcache" "malloc+free pair"
"rss_time-micro.pair-64.t1" "Memory over time: micro.pair-64.t1" 5 "glibc tcmalloc decay decay-notcache fill-full" "malloc+free pair"
"rss_time-micro.ring-1000.t1" "Memory over time: micro.ring-1000.t1" 5 "glibc tcmalloc decay decay-notcache fill-full" "malloc+free pair"
EOD
# latency.gp: figure, title, rows, allocators, operation
$latency << EOD
"latency-oscillate.interleaved.t1" "Latency: oscillate.interleaved.t1" 4 "glibc tcmalloc decay ratio" "malloc or free call"
"latency-server-slots.larson.t1" "Latency: server-slots.larson.t1" 6 "glibc tcmalloc decay decay-notcache fill-full ratio" "free+malloc replacement"
"latency-server-slots.larson.t2" "Latency: server-slots.larson.t2" 6 "glibc tcmalloc decay decay-notcache fill-full ratio" "free+malloc replacement"
"latency-server-slots.larson.t4" "Latency: server-slots.larson.t4" 6 "glibc tcmalloc decay decay-notcache fill-full ratio" "free+malloc replacement"
"latency-producer-consumer.fixed-64.t2" "Latency: producer-consumer.fixed-64.t2" 6 "glibc tcmalloc decay decay-notcache fill-full ratio" "message: malloc, hand over, free"
"latency-producer-consumer.fixed-64.t4" "Latency: producer-consumer.fixed-64.t4" 6 "glibc tcmalloc decay decay-notcache fill-full ratio" "message: malloc, hand over, free"
"latency-burst-width.lifo-200.t1" "Latency: burst-width.lifo-200.t1" 5 "glibc tcmalloc decay fill-full decay-notcache" "malloc+free pair"
"latency-micro.pair-64.t1" "Latency: micro.pair-64.t1" 5 "glibc tcmalloc decay decay-notcache fill-full" "malloc+free pair"
"latency-micro.ring-1000.t1" "Latency: micro.ring-1000.t1" 5 "glibc tcmalloc decay decay-notcache fill-full" "malloc+free pair"
EOD
# throughput.gp: figure, title, rows, allocators, operation
$throughput << EOD
"throughput-oscillate.interleaved.t1" "Throughput: oscillate.interleaved.t1" 4 "glibc tcmalloc decay ratio" "malloc or free call"
"throughput-step-down.arena.t1" "Throughput: step-down.arena.t1" 4 "glibc tcmalloc decay ratio" "free call"
"throughput-server-slots.larson.t1" "Throughput: server-slots.larson.t1" 6 "glibc tcmalloc decay decay-notcache fill-full ratio" "free+malloc replacement"
"throughput-server-slots.larson.t2" "Throughput: server-slots.larson.t2" 6 "glibc tcmalloc decay decay-notcache fill-full ratio" "free+malloc replacement"
"throughput-server-slots.larson.t4" "Throughput: server-slots.larson.t4" 6 "glibc tcmalloc decay decay-notcache fill-full ratio" "free+malloc replacement"
"throughput-producer-consumer.fixed-64.t2" "Throughput: producer-consumer.fixed-64.t2" 6 "glibc tcmalloc decay decay-notcache fill-full ratio" "message: malloc, hand over, free"
"throughput-producer-consumer.fixed-64.t4" "Throughput: producer-consumer.fixed-64.t4" 6 "glibc tcmalloc decay decay-notcache fill-full ratio" "message: malloc, hand over, free"
"throughput-burst-width.lifo-200.t1" "Throughput: burst-width.lifo-200.t1" 5 "glibc tcmalloc decay fill-full decay-notcache" "malloc+free pair"
"throughput-micro.pair-64.t1" "Throughput: micro.pair-64.t1" 5 "glibc tcmalloc decay decay-notcache fill-full" "malloc+free pair"
"throughput-micro.ring-1000.t1" "Throughput: micro.ring-1000.t1" 5 "glibc tcmalloc decay decay-notcache fill-full" "malloc+free pair"
EOD
# purge.gp: figure, title, rows, allocators, operation
$purge << EOD
"purge-oscillate.interleaved.t1" "Purging: oscillate.interleaved.t1" 2 "decay ratio" "malloc or free call"
"purge-step-down.arena.t1" "Purging: step-down.arena.t1" 2 "decay ratio" "free call"
"purge-server-slots.larson.t2" "Purging: server-slots.larson.t2" 4 "decay decay-notcache fill-full ratio" "free+malloc replacement"
"purge-server-slots.larson.t4" "Purging: server-slots.larson.t4" 4 "decay decay-notcache fill-full ratio" "free+malloc replacement"
"purge-producer-consumer.fixed-64.t4" "Purging: producer-consumer.fixed-64.t4" 4 "decay decay-notcache fill-full ratio" "message: malloc, hand over, free"
EOD
