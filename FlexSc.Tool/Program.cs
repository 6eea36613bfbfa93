using System.CommandLine;
using FlexSc.Tool;

const int ExitBadUsage = 2;

ProbeCommand probe = new();
RootCommand root = new("Tools for FlexSC: exception-less system calls.") { probe.Command };
ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (string mistake in parsed.Errors.Select(error => error.Message))
    {
        Console.Error.WriteLine($"error: {mistake}");
    }

    return ExitBadUsage;
}

return parsed.Invoke();
