-- why: n2       holds n3 for DOWN from here on: no call gets through since
-- why: n3       holds n2 for DOWN from here on: no call gets through since
-- why: (REPORT lost: cut n2 | n3)
-- why: cut n2 | n3
-- n2 and n3 cannot hear each other, n1 hears both: three healthy lists, and clients that two of them map to themselves.
return scenario {
  topology = { nodes = 3, clients = "nacos-client-1" },
  always = { checks.one_owner {} },
  story = function(w)
    local n1, n2, n3 = w:nodes()
    w:fleet { name = "shops", clients = 12, services = 3 }
    wait(s(10))
    w:cut(n2, n3)
    wait(s(90))
  end,
}
