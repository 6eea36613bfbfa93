using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FlexSc.Examples.Tests;

/// <summary>Clients that all connect before the first of them asks.</summary>
internal sealed class Crowd : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly List<Socket> _sockets = [];

    public static async Task<Crowd> ConnectAsync(IPEndPoint endPoint, int count)
    {
        Crowd crowd = new();
        using CancellationTokenSource deadline = new(Deadline);
        for (int client = 0; client < count; client++)
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(endPoint, deadline.Token);
                crowd._sockets.Add(socket);
            }
            catch (SocketException)
            {
                // Turned away at once.
                socket.Dispose();
            }
        }

        return crowd;
    }

    /// <summary>Has each of them ask.</summary>
    /// <param name="request">What to send.</param>
    /// <param name="answer">How the answer has to begin.</param>
    /// <returns>How many got that.</returns>
    public async Task<int> AskAsync(string request, string answer)
    {
        bool[] answered = await Task.WhenAll(_sockets.Select(socket => AskAsync(socket, request, answer)));
        return answered.Count(isAnswered => isAnswered);
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    private static async Task<bool> AskAsync(Socket socket, string request, string answer)
    {
        using CancellationTokenSource deadline = new(Deadline);
        byte[] buffer = new byte[4096];
        try
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(request), deadline.Token);
            int count = await socket.ReceiveAsync(buffer, deadline.Token);
            return Encoding.Latin1.GetString(buffer, 0, count).StartsWith(answer, StringComparison.Ordinal);
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
