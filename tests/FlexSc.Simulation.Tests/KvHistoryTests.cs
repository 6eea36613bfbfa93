using FlexSc.Simulation.Kv;
using FlexSc.Simulation.Worlds;
using Xunit;

namespace FlexSc.Simulation.Tests;

/// <summary>The checker of the key-value service: it takes what some order explains, and nothing else.</summary>
public sealed class KvHistoryTests
{
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
