using System.CommandLine;
using FlexSc.Tool;

const int ExitBadUsage = 2;

RootCommand root = new("Tools for FlexSC: exception-less system calls.") { new ProbeCommand().Command, new TopCommand().Command };
ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (string mistake in parsed.Errors.Select(error => error.Message))
    {
        Console.Error.WriteLine($"error: {mistake}");
    }

    return ExitBadUsage;
}

return await parsed.InvokeAsync();
