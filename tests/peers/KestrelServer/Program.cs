using System.Net;
using FlexSc.Peers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

// --app middleware: one bare middleware, the least that Kestrel can do; --app minimal: a route of the minimal API.
string app = PeerHost.Option(args, "--app", "middleware");
long requests = 0;
long connections = 0;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, PeerHost.Port(args), listen => listen.Use(next => async context =>
{
    Interlocked.Increment(ref connections);
    try
    {
        await next(context).ConfigureAwait(false);
    }
    finally
    {
        Interlocked.Decrement(ref connections);
    }
})));
WebApplication web = builder.Build();
if (app == "minimal")
{
    web.MapGet("/plaintext", () =>
    {
        Interlocked.Increment(ref requests);
        return "Hello, World!";
    });
}
else
{
    byte[] body = "Hello, World!"u8.ToArray();
    web.Run(context =>
    {
        Interlocked.Increment(ref requests);
        HttpResponse response = context.Response;
        response.ContentType = "text/plain";
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, 0, body.Length);
    });
}

await web.StartAsync().ConfigureAwait(false);
Uri address = new(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
PeerHost.RunUntilTold(
    $"Kestrel {typeof(ConnectionContext).Assembly.GetName().Version}, {app}",
    new IPEndPoint(IPAddress.Loopback, address.Port),
    () => new PeerCounts(Interlocked.Read(ref requests), Interlocked.Read(ref connections)));

// Open connections would hold a polite stop up for seconds.
Environment.Exit(0);
