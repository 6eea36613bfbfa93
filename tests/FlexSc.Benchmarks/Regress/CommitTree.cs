using System.Formats.Tar;
using FlexSc.Measuring;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Processes;

namespace FlexSc.Benchmarks.Regress;

/// <summary>
/// The files of a commit in a folder of their own, which goes when this program does. Not a worktree of git's: one that a killed program
/// leaves behind stays in the repository's list.
/// </summary>
/// <param name="Commit">The commit's whole name.</param>
/// <param name="Root">The folder.</param>
internal sealed record CommitTree(string Commit, string Root)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <param name="name">Any name that git knows the commit by.</param>
    /// <exception cref="MeasurementException">There is no such commit, or git is not installed.</exception>
    public static CommitTree Of(string name)
    {
        ProgramResult found = Git("rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}");
        if (found.ExitCode != 0)
        {
            throw new MeasurementException($"'{name}' is no commit of {Repository.Root()}");
        }

        string commit = found.Output.Trim();
        string folder = ScratchDirectory.Create("commit");
        string archive = Path.Combine(folder, "commit.tar");
        ProgramResult archived = Git("archive", "--format=tar", $"--output={archive}", commit);
        if (archived.ExitCode != 0)
        {
            throw new MeasurementException($"git archive {commit}: {archived.Error.Trim()}");
        }

        string root = Directory.CreateDirectory(Path.Combine(folder, "tree")).FullName;
        TarFile.ExtractToDirectory(archive, root, overwriteFiles: false);
        File.Delete(archive);
        return new CommitTree(commit, root);
    }

    private static ProgramResult Git(params string[] arguments) =>
        Programs.Run(Programs.Require("git"), ["-C", Repository.Root(), .. arguments], Limit);
}
