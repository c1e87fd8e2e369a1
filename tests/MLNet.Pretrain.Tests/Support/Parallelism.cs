// Live-tensor counts and thread counts belong to the process, so one test runs at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
