using System.CommandLine;
using FlexSc.LoadTests.Report;
using FlexSc.LoadTests.Scenarios;

namespace FlexSc.LoadTests.Commands;

/// <summary>The list command.</summary>
internal static class ListCommand
{
    public static Command Create()
    {
        Command command = new("list", "Lists the scenarios with their load and thresholds.");
        command.SetAction(_ => ResultTable.WriteCatalog(ScenarioCatalog.All));
        return command;
    }
}
