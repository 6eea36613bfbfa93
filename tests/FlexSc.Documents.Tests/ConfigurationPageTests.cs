using Akka.Configuration;
using Akka.Configuration.Hocon;
using FlexSc.Measuring.Builds;
using Xunit;

namespace FlexSc.Documents.Tests;

public sealed class ConfigurationPageTests
{
    private const string Rewrite = "FLEXSC_WRITE_REFERENCE";

    public static TheoryData<string> Projects => [.. ConfigurationPage.Projects];

    [Fact]
    public void The_page_is_that_of_the_files()
    {
        string file = Path.Combine(Repository.Root(), ConfigurationPage.Path);
        string written = ConfigurationPage.Write(ReadConf);
        if (Environment.GetEnvironmentVariable(Rewrite) == "1")
        {
            File.WriteAllText(file, written);
        }

        Assert.True(
            File.ReadAllText(file).ReplaceLineEndings("\n") == written,
            $"{ConfigurationPage.Path} is not what the reference.conf files say: {Rewrite}=1 dotnet test tests/FlexSc.Documents.Tests");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Keys_and_defaults_are_those_that_Akka_reads(string project)
    {
        string text = ReadConf(project);
        Config read = ConfigurationFactory.ParseString(text);
        ConfKey[] keys = [.. ReferenceConf.Read(text).Keys];

        Assert.Equal(
            ConfigKeys.PathsOf(read).Order(StringComparer.Ordinal), keys.Select(static key => key.Path).Order(StringComparer.Ordinal));
        foreach (ConfKey key in keys)
        {
            Config alone = ConfigurationFactory.ParseString($"{key.Path} = {key.Default}");
            Assert.Equal(Text(read.GetValue(key.Path)), Text(alone.GetValue(key.Path)));
        }
    }

    [Fact]
    public void A_comment_belongs_to_what_follows_it()
    {
        ReferenceConf conf = ReferenceConf.Read(
            """
            # The file.

            flexsc {

              # The loops,
              # all of them.
              loops {

                # How many.
                count = cores

                # Two of a kind.
                first = 1
                second = [a, b]

                # Left over.
              }
            }
            """);

        Assert.Equal(["flexsc", "flexsc.loops", "flexsc.loops", "flexsc.loops"], conf.Entries.Select(static entry => entry.Section));
        Assert.Equal([" The loops,", " all of them.", "", " Left over."], conf.Entries[1].Comment);
        Assert.Equal([new ConfKey("flexsc.loops.count", "cores")], conf.Entries[2].Keys);
        Assert.Equal([new ConfKey("flexsc.loops.first", "1"), new ConfKey("flexsc.loops.second", "[a, b]")], conf.Entries[3].Keys);
        Assert.Equal([" Two of a kind."], conf.Entries[3].Comment);
        Assert.Throws<FormatException>(static () => ReferenceConf.Read("loops: 3"));
    }

    private static string Text(HoconValue value) => value.IsArray()
        ? string.Join(',', value.GetArray().Select(static item => item.GetString()))
        : value.GetString();

    private static string ReadConf(string project) => File.ReadAllText(Path.Combine(Repository.Root(), project, "reference.conf"));
}
