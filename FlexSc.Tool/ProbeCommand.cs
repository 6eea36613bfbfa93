using System.CommandLine;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Page;

namespace FlexSc.Tool;

/// <summary><c>flexsc probe</c>: its options and its exit code.</summary>
internal sealed class ProbeCommand
{
    private const int ExitRuns = 0;
    private const int ExitCannotRun = 1;

    private readonly Option<string> _backend = new("--backend")
    {
        Description = "Backend to judge.",
        DefaultValueFactory = _ => SyscallBackendKinds.Format(SyscallBackendKind.Auto),
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object." };

    public ProbeCommand()
    {
        _backend.AcceptOnlyFromAmong([.. SyscallBackendKinds.Names]);
        Command = new Command("probe", "Tell what this host offers, which backend would run and why. Exits with 0 when it can run, 1 when not, 2 for wrong usage.")
        {
            _backend, _json,
        };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    private int Run(ParseResult result)
    {
        ProbeReport report = ProbeReport.Of(SyscallBackendKinds.Parse(result.GetValue(_backend)!), HostCapabilities.Read(), CpuTopology.Read());
        if (result.GetValue(_json))
        {
            Console.Out.WriteLine(ProbeJson.Of(report));
        }
        else
        {
            ProbeText.Write(report, Console.Out);
        }

        return report.CanRun ? ExitRuns : ExitCannotRun;
    }
}
