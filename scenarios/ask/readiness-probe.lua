-- How long must a readiness probe hold a restarted server back, so that its lists are whole?
local ask = require "ask"
return scenario {
  params   = { servers = 3, providers = 300, rtt = ms(1) },
  topology = function(p) return { nodes = p.servers, lan = { rtt = p.rtt } } end,
  story    = function(w, p)
    w:fleet { name = "shop", clients = p.providers, services = 10, over = s(2) }
    wait(s(15))
    local server = w:nodes()
    step("restart " .. server.name)
    w:restart(server)
    local began = now()
    local early = watch(function() return server:state().initialised and server:count() < p.providers end)
    eventually(minutes(2), function() return server:state().initialised end, "its first load is done")
    local loaded = now() - began
    eventually(minutes(5), function() return server:count() >= p.providers end, "it lists all providers")
    local whole = now() - began
    wait(s(10))
    answer(string.format("The restarted server lists all %d providers after %s; its first load, for which " ..
      "readiness waits, is done after %s.", p.providers, ask.time(whole), ask.time(loaded)))
    if #early:spans() > 0 then
      answer("Ready, it still had short lists: hold it back for longer than the probe asks.")
    else
      answer("It was never ready with a short list, so a probe is enough; without one, consumers get short lists until then.")
    end
  end,
}
