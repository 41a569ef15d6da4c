-- Does a rolling restart of the servers leave consumers without providers?
local ask = require "ask"
return scenario {
  params   = { servers = 3, providers = 60, consumers = 10, pause = s(60), start = s(10) },
  topology = function(p) return { nodes = p.servers, settings = { ["distrosim.startTime"] = p.start } } end,
  story    = function(w, p)
    local watched = ask.fleet(w, p.providers, p.consumers)
    local seen, began = ask.follow(watched), now()
    for _, server in ipairs { w:nodes() } do
      step("restart " .. server.name)
      w:restart(server)
      wait(p.pause)
    end
    local last = now()
    eventually(minutes(5), function() return w:converged() end, "all servers agree again")
    wait(s(30))
    answer(ask.consumers(watched, seen.finish()))
    answer(string.format("%d servers, %s apart, took %s; all agreed %s after the last pause.", p.servers,
      ask.time(p.pause), ask.time(last - began), ask.time(now() - s(30) - last)))
  end,
}
