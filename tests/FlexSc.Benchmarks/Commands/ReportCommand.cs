using System.CommandLine;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Report.Pages;
using FlexSc.Measuring.Builds;

namespace FlexSc.Benchmarks.Commands;

/// <summary>The report command: tables and page of a run that has been.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        Argument<string> file = new("file") { Description = "The JSON file of a run." };
        Option<bool> writeDocs = new("--write-docs") { Description = "Write docs/evaluation.md and its charts from it." };
        Command command = new("report", "Shows a run again, and makes the page of it.") { file, writeDocs };
        command.SetAction(result =>
        {
            RunReport report = JsonReport.Read(result.GetRequiredValue(file));
            TerminalReport.Write(report);
            if (result.GetValue(writeDocs))
            {
                WriteDocs(report);
            }
        });
        return command;
    }

    public static void WriteDocs(RunReport report)
    {
        string docs = Path.Combine(Repository.Root(), "docs");
        EvaluationPage.Write(report, docs);
        TerminalReport.Line($"written: {Path.Combine(docs, EvaluationPage.FileName)}");
    }
}
