namespace FlexSc.Benchmarks.Report;

/// <summary>What a table says of cores that nobody wants.</summary>
internal static class IdleCores
{
    public static string Text(bool areAwake) => areAwake
        ? "idle cores were kept awake by a process of the lowest priority on each"
        : "idle cores halted: on a virtual machine the host's waking them is in the latencies";
}
