-- 1 bounded_queue: queued counts requests that wait for a thread
return scenario {
  topology = { nodes = 1, clients = "nacos-client-1",
               settings = { ["distrosim.httpCost"] = s(1), ["server.tomcat.threads.max"] = 1 } },
  always   = { checks.bounded_queue { queued = 2 } },
  story    = function(w)
    local a = w:nodes()
    for _ = 1, 4 do w:client { server = a }:post "register" { service = "x" } end
    wait(s(6))
  end,
}
