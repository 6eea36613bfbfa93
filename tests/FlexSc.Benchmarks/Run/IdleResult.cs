namespace FlexSc.Benchmarks.Run;

/// <summary>A server with open, silent connections. Figures are null where the peer is not available.</summary>
/// <param name="Started">Whether the server listened at all.</param>
/// <param name="CpuPercent">CPU time of the window as a share of one core.</param>
/// <param name="BytesPerConnection">Growth of resident memory while the connections were opened and used once, divided by their number.</param>
internal sealed record IdleResult(
    string Service,
    string Peer,
    bool Started,
    int Connections,
    double? CpuPercent,
    double? ContextSwitchesPerSecond,
    double? BytesPerConnection,
    double? ResidentMiBBefore,
    IReadOnlyList<string> Remarks);
