using FlexSc.Interop.GuestTests;

// Runs the conformance suite without a test host: FlexSc.Interop.Tests [PART-OF-A-NAME...]
// One line for each test; the exit code is 1 when one failed or none passed. The variants on the module are here and not among the
// tests of FlexSc.Interop.Tests because those run on any machine, and no ordinary one has the device.
TestRun.KeepComparisons();
TestRun run = new(Console.Out);
await run.ExecuteAsync(typeof(TestRun).Assembly, args);
return run.Failed == 0 && run.Passed > 0 ? 0 : 1;
