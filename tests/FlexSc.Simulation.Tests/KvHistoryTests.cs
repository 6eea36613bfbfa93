using FlexSc.Simulation.Kv;
using FlexSc.Simulation.Worlds;
using Xunit;

namespace FlexSc.Simulation.Tests;

/// <summary>The checker of the key-value service: it takes what some order explains, and nothing else.</summary>
public sealed class KvHistoryTests
{
    private const string NotNumeric = "CLIENT_ERROR cannot increment or decrement non-numeric value";

    private readonly KvHistory _history = new();

    [Fact]
    public void Commands_at_the_same_time_may_have_been_done_in_either_order()
    {
        List<KvOperation> one = _history.AddConnection();
        List<KvOperation> other = _history.AddConnection();
        KvOperation set = Send(one, KvKind.Set, "a");
        KvOperation get = Send(other, KvKind.Get, "");
        Find(get, null);
        Answer(set, "STORED");
        KvOperation second = Send(other, KvKind.Get, "");
        Find(second, "a");
        _history.Check();
    }

    [Fact]
    public void A_value_that_was_overwritten_before_the_get_was_sent_is_a_fault()
    {
        List<KvOperation> one = _history.AddConnection();
        List<KvOperation> other = _history.AddConnection();
        Answer(Send(one, KvKind.Set, "a"), "STORED");
        Answer(Send(one, KvKind.Set, "b"), "STORED");
        Find(Send(other, KvKind.Get, ""), "a");
        Assert.Contains("no order of the commands on key", Assert.Throws<SimulationFailure>(_history.Check).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_addition_that_was_done_twice_is_a_fault()
    {
        List<KvOperation> one = _history.AddConnection();
        Answer(Send(one, KvKind.Set, "1"), "STORED");
        Answer(Send(one, KvKind.Increment, "1"), "3");
        Assert.Throws<SimulationFailure>(_history.Check);
    }

    /// <summary>The answers and values are those of memcached 1.6.</summary>
    [Theory]
    [InlineData("9", "10", "10")]
    [InlineData("829", "830", "830")]
    [InlineData("0829", "830", "830 ")]
    [InlineData("830 ", "831", "831 ")]
    [InlineData("830 5", "831", "831  ")]
    [InlineData("830 jjj", "831", "831    ")]
    [InlineData("12830 ", "12831", "12831 ")]
    [InlineData("0000000000000000000000000000007", "8", "8                              ")]
    [InlineData("1234567890123456789", "1234567890123456790", "1234567890123456790")]
    [InlineData("18446744073709551615", "0", "0                   ")]
    [InlineData("18446744073709551616", NotNumeric, "18446744073709551616")]
    [InlineData("", NotNumeric, "")]
    [InlineData("830j ", NotNumeric, "830j ")]
    [InlineData("j830", NotNumeric, "j830")]
    public void An_addition_answers_the_sum_and_leaves_the_value_as_long_as_it_was_or_longer(string value, string answer, string after)
    {
        AddOne(value, answer, after);
        _history.Check();
    }

    [Theory]
    [InlineData("0829", "830", "830")]
    [InlineData("0829", "830", "0830")]
    [InlineData("0829", "830 ", "830 ")]
    [InlineData("829", "830", "830 ")]
    [InlineData("830 5", "8306", "8306 ")]
    [InlineData("830 5", "831", "831 5")]
    [InlineData("830 5", NotNumeric, "830 5")]
    public void An_addition_that_reads_or_writes_a_value_otherwise_is_a_fault(string value, string answer, string after)
    {
        AddOne(value, answer, after);
        Assert.Throws<SimulationFailure>(_history.Check);
    }

    [Fact]
    public void A_command_whose_connection_was_lost_may_have_been_done_or_not()
    {
        List<KvOperation> lost = _history.AddConnection();
        List<KvOperation> other = _history.AddConnection();
        Send(lost, KvKind.Set, "a");
        Find(Send(other, KvKind.Get, ""), null);
        Find(Send(other, KvKind.Get, ""), "a");
        _history.Check();
    }

    private void AddOne(string value, string answer, string after)
    {
        List<KvOperation> one = _history.AddConnection();
        Answer(Send(one, KvKind.Set, value), "STORED");
        Answer(Send(one, KvKind.Increment, "1"), answer);
        Find(Send(one, KvKind.Get, ""), after);
    }

    private KvOperation Send(List<KvOperation> connection, KvKind kind, string value)
    {
        KvOperation operation = new(kind, "key", value, 0, 0, _history.Next());
        connection.Add(operation);
        return operation;
    }

    private void Answer(KvOperation operation, string answer)
    {
        operation.Answer = answer;
        operation.DoneAt = _history.Next();
    }

    private void Find(KvOperation operation, string? value)
    {
        operation.Found = value is null ? null : new KvState(value, 0, 0);
        operation.DoneAt = _history.Next();
    }
}
