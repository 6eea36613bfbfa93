using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Counters;

namespace FlexSc.Benchmarks.Parts;

/// <summary>A group as a part of a run.</summary>
/// <param name="title">As the plan names it.</param>
/// <param name="estimate">The group as far as it is known beforehand: its size is what matters.</param>
/// <param name="create">Makes the group from what is known when its turn comes; null leaves it out, with the reason.</param>
internal sealed class GroupPart(string title, Group estimate, Func<RunReport, (Group? Group, string Reason)> create, RunOptions options, ITrapCounter trapCounter) : IPart
{
    // Start of a server, start and end of the load, and what wrk's whole seconds add.
    private const double StartSeconds = 0.4;
    private const double CellOverheadSeconds = 1.1;
    private const double TrapOverheadSeconds = 0.9;

    public GroupPart(Group group, RunOptions options, ITrapCounter trapCounter)
        : this(group.Title, group, _ => (group, ""), options, trapCounter)
    {
    }

    public string Title => title;

    public double EstimatedSeconds
    {
        get
        {
            Group group = Selected(estimate);
            double seconds = group.Peers.Sum(peer => StartSeconds + (peer.Peer.IsManaged ? options.FirstWarmUpSeconds : 0));
            foreach (GroupTable table in group.Tables)
            {
                double traps = table.CountTraps && options.TrapSeconds > 0 ? TrapOverheadSeconds + options.TrapSeconds : 0;
                seconds += group.Peers.Count(table.Includes) * (options.WarmUpSeconds + (options.Rounds * (options.Seconds + CellOverheadSeconds)) + traps);
            }

            return seconds;
        }
    }

    public RunReport Run(RunReport soFar)
    {
        (Group? made, string reason) = create(soFar);
        if (made is null)
        {
            return soFar with { Skipped = [.. soFar.Skipped, $"{title}: {reason}"] };
        }

        Group group = Selected(made);
        if (group.Peers.Count == 0)
        {
            // By the choice of whoever runs it, so nothing is missing.
            Progress.Write($"{title}: none of its peers was asked for");
            return soFar;
        }

        ComparisonResult result = new GroupRun(group, options, trapCounter).Run();
        IReadOnlyList<Row> rows = new RowBuilder(result, options, group.Baseline, group.HasServerCore, group.ComparesThroughput).Build();
        string generator = string.Join(", ", group.Peers.Select(peer => peer.Generator.Name).Distinct());
        GroupReport report = new(group.Id, group.Title, generator, group.Baseline, group.HasServerCore, result.Peers, rows, result.Cells);
        return soFar with { Groups = [.. soFar.Groups, report] };
    }

    private Group Selected(Group group) => group with { Peers = [.. group.Peers.Where(peer => options.Includes(peer.Peer.Name))] };
}
