using Xunit;

namespace FlexSc.Examples.Tests.Http;

/// <summary>A client that asks again and again on one connection and must be answered, whatever others do meanwhile.</summary>
internal sealed class Bystander : IAsyncDisposable
{
    private const string Get = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly RawClient _client;
    private readonly Task _asking;
    private volatile bool _enough;
    private volatile TaskCompletionSource _answered = NewAnswer();

    private Bystander(RawClient client)
    {
        _client = client;
        _asking = AskAsync();
    }

    public static async Task<Bystander> StartAsync(ServiceFixture fixture) => new(await fixture.ConnectAsync());

    /// <summary>Waits for an answer to a question that is asked from now on.</summary>
    public async Task IsServedAsync()
    {
        for (int answers = 0; answers < 2; answers++)
        {
            // The first may belong to a question that was asked before.
            await Task.WhenAny(_answered.Task, _asking).WaitAsync(Deadline);
            Assert.False(_asking.IsFaulted, $"the bystander failed: {_asking.Exception?.InnerException?.Message}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _enough = true;
        await _asking;
        _client.Dispose();
    }

    private static TaskCompletionSource NewAnswer() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task AskAsync()
    {
        while (!_enough)
        {
            await _client.SendAsync(Get);
            Assert.EndsWith("Hello, World!", await _client.ReadUntilAsync("Hello, World!"), StringComparison.Ordinal);
            _client.Forget();
            TaskCompletionSource answered = _answered;
            _answered = NewAnswer();
            answered.SetResult();
        }
    }
}
